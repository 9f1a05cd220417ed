package giants.bench;

import java.io.IOException;
import java.util.Properties;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.common.serialization.Serdes;
import org.apache.kafka.streams.KafkaStreams;
import org.apache.kafka.streams.StreamsConfig;
import org.apache.kafka.streams.Topology;
import org.apache.kafka.streams.state.KeyValueStore;
import org.apache.kafka.streams.state.StoreBuilder;
import org.apache.kafka.streams.state.Stores;

/**
 * Kafka Streams: two processors with a state store each, and a topic by company between them.
 *
 * <p>Run as {@code App GUARANTEE COMMIT_MS}, with the order in {@code BENCH_ORDER}; the guarantee is one of Kafka
 * Streams' own, {@code at_least_once} or {@code exactly_once_v2}.
 */
public final class App {
    static final String FAMILIES = "families";
    static final String TALLIES = "tallies";
    static final String EXPOSURES = "exposures";
    static final String CHANGES = "changes";
    private static final long CACHE_BYTES = 64L << 20;

    private App() {}

    /** Works until terminated; ends with status 1 where Kafka Streams gives up. */
    public static void main(String[] arguments) throws IOException {
        Order order = Order.given();
        Tables tables = Tables.of(order);
        KafkaStreams streams = new KafkaStreams(
                topology(order, tables), configuration(order, arguments[0], Integer.parseInt(arguments[1])));
        streams.setStateListener((now, before) -> {
            if (now == KafkaStreams.State.ERROR) {
                Runtime.getRuntime().halt(1);
            }
        });
        Runtime.getRuntime().addShutdownHook(new Thread(streams::close));
        streams.start();
    }

    static Topology topology(Order order, Tables tables) {
        var texts = Serdes.String();
        var bytes = Serdes.ByteArray();
        var deltas = Json.serde(Delta.class);
        return new Topology()
                .addSource("records", bytes.deserializer(), bytes.deserializer(), order.families())
                .addProcessor("count", () -> new FamilyProcessor(tables), "records")
                .addSink("by company", order.deltas(), texts.serializer(), deltas.serializer(), "count")
                .addSource("deltas", texts.deserializer(), deltas.deserializer(), order.deltas())
                .addProcessor("rate", () -> new CompanyProcessor(tables), "deltas")
                .addStateStore(store(FAMILIES, Counted.class), "count")
                // A company comes again and again: its last tally before a commit goes to the changelog.
                .addStateStore(store(TALLIES, Tally.class).withCachingEnabled(), "rate")
                .addSink(EXPOSURES, order.exposures(), texts.serializer(), bytes.serializer(), "rate")
                .addSink(CHANGES, order.changes(), texts.serializer(), bytes.serializer(), "rate");
    }

    private static <T> StoreBuilder<KeyValueStore<String, T>> store(String name, Class<T> type) {
        return Stores.keyValueStoreBuilder(
                Stores.persistentKeyValueStore(name), Serdes.String(), Json.serde(type));
    }

    private static Properties configuration(Order order, String guarantee, int commitMilliseconds) {
        Properties properties = new Properties();
        properties.put(StreamsConfig.APPLICATION_ID_CONFIG, order.group());
        properties.put(StreamsConfig.BOOTSTRAP_SERVERS_CONFIG, order.broker());
        properties.put(StreamsConfig.PROCESSING_GUARANTEE_CONFIG, guarantee);
        properties.put(StreamsConfig.COMMIT_INTERVAL_MS_CONFIG, commitMilliseconds);
        properties.put(StreamsConfig.NUM_STREAM_THREADS_CONFIG, 1);
        properties.put(StreamsConfig.REPLICATION_FACTOR_CONFIG, 1);
        properties.put(StreamsConfig.STATESTORE_CACHE_MAX_BYTES_CONFIG, CACHE_BYTES);
        properties.put(StreamsConfig.STATE_DIR_CONFIG, order.folder());
        properties.put(StreamsConfig.consumerPrefix(ConsumerConfig.AUTO_OFFSET_RESET_CONFIG), "earliest");
        return properties;
    }
}
