package giants.bench;

import giants.bench.Tally.Announced;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;
import org.apache.kafka.streams.processor.api.Processor;
import org.apache.kafka.streams.processor.api.ProcessorContext;
import org.apache.kafka.streams.processor.api.Record;
import org.apache.kafka.streams.state.KeyValueStore;

/** Counts deltas into the tally of their company; sends its snapshot, and every rating that changed. */
final class CompanyProcessor implements Processor<String, Delta, String, byte[]> {
    private final Tables tables;
    private ProcessorContext<String, byte[]> context;
    private KeyValueStore<String, Tally> store;

    CompanyProcessor(Tables tables) {
        this.tables = tables;
    }

    @Override
    public void init(ProcessorContext<String, byte[]> given) {
        context = given;
        store = given.getStateStore(App.TALLIES);
    }

    @Override
    public void process(Record<String, Delta> record) {
        Tally known = store.get(record.key());
        Tally tally = known == null ? new Tally() : known;
        tally.count(record.value(), tables);
        Map<String, Exposure.Rating> ratings = new TreeMap<>();
        tally.matching.forEach((technology, matching) ->
                ratings.put(technology, Exposure.rate(matching, tally.instances, tally.classified)));
        byte[] snapshot = Messages.snapshot(record.key(), tally, ratings);
        context.forward(record.withValue(snapshot), App.EXPOSURES);
        sendChanges(record, tally, ratings);
        store.put(record.key(), tally);
    }

    private void sendChanges(Record<String, Delta> record, Tally tally, Map<String, Exposure.Rating> ratings) {
        TreeSet<String> concerned = new TreeSet<>(ratings.keySet());
        concerned.addAll(tally.announced.keySet());
        for (String technology : concerned) {
            Exposure.Rating rating = ratings.get(technology);
            Announced last = tally.announced.getOrDefault(technology, new Announced(0, null));
            boolean stands = rating == null ? last.rating() == null : rating.standsAs(last.rating());
            if (stands) {
                continue;
            }
            Announced now = new Announced(last.seq() + 1, rating);
            tally.announced.put(technology, now);
            String ref = record.value().ref();
            byte[] change = Messages.change(record.key(), technology, tally, last, now, ref);
            context.forward(record.withValue(change), App.CHANGES);
        }
    }
}
