package giants.bench;

import com.fasterxml.jackson.annotation.JsonProperty;
import java.io.IOException;
import java.text.Normalizer;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Pattern;

/**
 * What every program has before its first record: companies by the normal form of their names, technologies by
 * CPC symbol and by main group. Python compiles the tables and writes them into a file.
 *
 * <p>A name is resolved by the simplest normal form that finds the assignees of this load: compatibility forms,
 * spaces and brackets make no difference. The other rules of names (variants of characters, legal forms, places)
 * are not written again here.
 */
record Tables(
        Map<String, String> companies,
        @JsonProperty("by_symbol") Map<String, List<String>> bySymbol,
        @JsonProperty("by_group") Map<String, List<String>> byGroup) {
    private static final Pattern NO_DIFFERENCE = Pattern.compile("[\\s()\\[\\]【】〔〕「」]+");

    static Tables of(Order order) throws IOException {
        return Json.MAPPER.readValue(order.tables().toFile(), Tables.class);
    }

    /** The company of a name; null where it is not known. */
    String companyOf(String name) {
        String compatible = Normalizer.normalize(name, Normalizer.Form.NFKC);
        return companies.get(NO_DIFFERENCE.matcher(compatible).replaceAll("").toLowerCase(Locale.ROOT));
    }

    /** Technologies that take a symbol in normal form: a listed symbol answers for its group as well. */
    List<String> technologiesOf(String symbol) {
        List<String> listed = bySymbol.get(symbol);
        if (listed != null) {
            return listed;
        }
        return byGroup.getOrDefault(symbol.substring(0, symbol.indexOf('/')), List.of());
    }
}
