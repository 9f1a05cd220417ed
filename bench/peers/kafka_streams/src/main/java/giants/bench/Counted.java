package giants.bench;

import com.fasterxml.jackson.annotation.JsonFormat;
import com.fasterxml.jackson.annotation.JsonPropertyOrder;
import java.util.List;

/** What was last counted of a family. */
@JsonFormat(shape = JsonFormat.Shape.ARRAY)
@JsonPropertyOrder({"version", "digest", "companies", "symbols"})
record Counted(long version, long digest, List<String> companies, List<String> symbols) {
    /** Whether this version, or a newer one than that given, was counted. */
    boolean covers(long otherVersion, long otherDigest) {
        return version > otherVersion || (version == otherVersion && digest >= otherDigest);
    }
}
