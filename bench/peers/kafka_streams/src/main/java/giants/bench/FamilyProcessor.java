package giants.bench;

import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.TreeSet;
import org.apache.kafka.streams.processor.api.Processor;
import org.apache.kafka.streams.processor.api.ProcessorContext;
import org.apache.kafka.streams.processor.api.Record;
import org.apache.kafka.streams.state.KeyValueStore;

/** Counts families: resolves the names, passes over what is known, sends what changed to each company. */
final class FamilyProcessor implements Processor<byte[], byte[], String, Delta> {
    private final Tables tables;
    private final Symbols symbols = new Symbols();
    private ProcessorContext<String, Delta> context;
    private KeyValueStore<String, Counted> store;

    FamilyProcessor(Tables tables) {
        this.tables = tables;
    }

    @Override
    public void init(ProcessorContext<String, Delta> given) {
        context = given;
        store = given.getStateStore(App.FAMILIES);
    }

    @Override
    public void process(Record<byte[], byte[]> record) {
        Family family = Family.read(record.value());
        long digest = Family.digestOf(record.value());
        List<String> normal = normalSymbols(family);
        Counted known = store.get(family.id());
        if (known != null && known.covers(family.version(), digest)) {
            return;
        }
        List<String> before = known == null ? List.of() : known.companies();
        List<String> after = ownersOf(family);
        String ref = family.id() + "@" + family.version();
        TreeSet<String> concerned = new TreeSet<>(before);
        concerned.addAll(after);
        for (String company : concerned) {
            Delta delta = new Delta(
                    ref,
                    before.contains(company) ? known.symbols() : null,
                    after.contains(company) ? normal : null);
            context.forward(record.withKey(company).withValue(delta));
        }
        store.put(family.id(), new Counted(family.version(), digest, after, normal));
    }

    private List<String> normalSymbols(Family family) {
        TreeSet<String> sorted = new TreeSet<>();
        for (String text : family.cpc()) {
            sorted.add(symbols.normal(text));
        }
        return new ArrayList<>(sorted);
    }

    private List<String> ownersOf(Family family) {
        if (family.withdrawn()) {
            return List.of();
        }
        return family.assignees().stream()
                .map(tables::companyOf)
                .filter(Objects::nonNull)
                .distinct()
                .sorted()
                .toList();
    }
}
