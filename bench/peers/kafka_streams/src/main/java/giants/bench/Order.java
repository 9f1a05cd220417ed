package giants.bench;

import java.io.IOException;
import java.nio.file.Path;

/** What the program is told: the broker, its topics, where to keep state; as {@code Order} of kit.py. */
record Order(String broker, String prefix, int partitions, String folder) {
    /** The order of this process. */
    static Order given() throws IOException {
        return Json.MAPPER.readValue(System.getenv("BENCH_ORDER"), Order.class);
    }

    String families() {
        return prefix + "families";
    }

    String deltas() {
        return prefix + "deltas";
    }

    String exposures() {
        return prefix + "exposures";
    }

    String changes() {
        return prefix + "changes";
    }

    String group() {
        return prefix + "group";
    }

    /** The file of {@link Tables}. */
    Path tables() {
        return Path.of(folder, "tables.json");
    }
}
