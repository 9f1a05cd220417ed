package giants.bench;

import java.text.Normalizer;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** CPC symbols in normal form, as {@code giants/domain/cpc.py} has it, without marks and packed forms. */
final class Symbols {
    private static final int CACHED_MAX = 65_536;
    private static final Pattern SYMBOL = Pattern.compile(
            "\\s*([A-HY])\\s*([0-9]{2})\\s*([A-Z])[\\s-]*([0-9]{1,4})\\s*/\\s*([0-9]{2,6})"
                    + "(?:\\s*(?:\\([0-9A-Z.,;\\s]{1,40}\\)\\s*)+(?:[A-Z]{1,2}\\s*){0,3}"
                    + "|\\s+[0-9]{8}[A-Z0-9\\s]{0,40})?\\s*");

    private final Map<String, String> cached = new HashMap<>();

    /** The normal form; throws IllegalArgumentException for what is no symbol. */
    String normal(String text) {
        String known = cached.get(text);
        if (known != null) {
            return known;
        }
        String normal = normalized(text);
        if (cached.size() >= CACHED_MAX) {
            cached.clear();
        }
        cached.put(text, normal);
        return normal;
    }

    private static String normalized(String text) {
        String printed = Normalizer.normalize(text, Normalizer.Form.NFKC).toUpperCase(Locale.ROOT);
        Matcher matcher = SYMBOL.matcher(printed);
        int group = matcher.matches() ? Integer.parseInt(matcher.group(4)) : 0;
        if (group == 0) {
            throw new IllegalArgumentException("expected a CPC symbol, got " + text);
        }
        return matcher.group(1) + matcher.group(2) + matcher.group(3) + group + "/" + matcher.group(5);
    }
}
