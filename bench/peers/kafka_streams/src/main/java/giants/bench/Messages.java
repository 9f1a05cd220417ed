package giants.bench;

import com.fasterxml.jackson.annotation.JsonProperty;
import giants.bench.Tally.Announced;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** The messages that are sent, with the fields that kit.py writes. */
final class Messages {
    private Messages() {}

    private record Entry(
            String technology, int matching, double alignment, Double score, String band, String profile) {}

    private record Snapshot(
            @JsonProperty("company_id") String company,
            int families,
            int classified,
            int instances,
            double confidence,
            String methodology,
            List<Entry> technologies) {}

    private record Rated(String band, String profile, double score) {
        static Rated of(Exposure.Rating rating) {
            return rating == null ? null : new Rated(rating.band(), rating.profile(), rating.score());
        }
    }

    private record Cause(String kind, String ref) {}

    private record Change(
            int seq,
            @JsonProperty("company_id") String company,
            String technology,
            Rated previous,
            Rated current,
            Cause cause,
            int families,
            int classified,
            int instances,
            int matching,
            String methodology) {}

    /** The snapshot of a company; {@code ratings} are those of its matches, null where not rated. */
    static byte[] snapshot(String company, Tally tally, Map<String, Exposure.Rating> ratings) {
        List<Entry> entries = new ArrayList<>(ratings.size());
        tally.matching.forEach((technology, matching) ->
                entries.add(entry(technology, matching, tally.instances, ratings.get(technology))));
        double confidence = Exposure.rounded(Exposure.confidence(tally.classified), 7);
        return Json.written(new Snapshot(
                company,
                tally.families,
                tally.classified,
                tally.instances,
                confidence,
                Exposure.METHODOLOGY,
                entries));
    }

    /** A rating of a pair that became another one. */
    static byte[] change(
            String company, String technology, Tally tally, Announced last, Announced now, String ref) {
        return Json.written(new Change(
                now.seq(),
                company,
                technology,
                Rated.of(last.rating()),
                Rated.of(now.rating()),
                new Cause("family", ref),
                tally.families,
                tally.classified,
                tally.instances,
                tally.matching.getOrDefault(technology, 0),
                Exposure.METHODOLOGY));
    }

    private static Entry entry(String technology, int matching, int instances, Exposure.Rating rating) {
        double alignment = Exposure.rounded((double) matching / instances, 6);
        if (rating == null) {
            return new Entry(technology, matching, alignment, null, null, null);
        }
        return new Entry(technology, matching, alignment, rating.score(), rating.band(), rating.profile());
    }
}
