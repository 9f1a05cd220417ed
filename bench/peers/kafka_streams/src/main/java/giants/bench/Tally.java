package giants.bench;

import com.fasterxml.jackson.annotation.JsonFormat;
import com.fasterxml.jackson.annotation.JsonProperty;
import com.fasterxml.jackson.annotation.JsonPropertyOrder;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** A portfolio in numbers, and what was announced of it. */
@JsonFormat(shape = JsonFormat.Shape.ARRAY)
@JsonPropertyOrder({"families", "classified", "instances", "symbols", "matching", "announced"})
final class Tally {
    @JsonProperty int families;
    @JsonProperty int classified;
    @JsonProperty int instances;
    @JsonProperty HashMap<String, Integer> symbols = new HashMap<>();
    @JsonProperty TreeMap<String, Integer> matching = new TreeMap<>();
    @JsonProperty TreeMap<String, Announced> announced = new TreeMap<>();

    /** The last change of one technology; a rating of null is a pair that is not rated. */
    @JsonFormat(shape = JsonFormat.Shape.ARRAY)
    @JsonPropertyOrder({"seq", "rating"})
    record Announced(int seq, Exposure.Rating rating) {}

    /** Count a delta. */
    void count(Delta delta, Tables tables) {
        families += (delta.after() == null ? 0 : 1) - (delta.before() == null ? 0 : 1);
        classified += holdsSymbols(delta.after()) - holdsSymbols(delta.before());
        count(delta.before(), -1, tables);
        count(delta.after(), 1, tables);
    }

    private void count(List<String> some, int sign, Tables tables) {
        if (some == null) {
            return;
        }
        instances += sign * some.size();
        for (String symbol : some) {
            add(symbols, symbol, sign);
            for (String technology : tables.technologiesOf(symbol)) {
                add(matching, technology, sign);
            }
        }
    }

    private static int holdsSymbols(List<String> some) {
        return some == null || some.isEmpty() ? 0 : 1;
    }

    private static void add(Map<String, Integer> counts, String key, int sign) {
        counts.merge(key, sign, (one, other) -> one + other == 0 ? null : one + other);
    }
}
