package giants.bench;

import com.fasterxml.jackson.annotation.JsonFormat;
import com.fasterxml.jackson.annotation.JsonPropertyOrder;
import java.util.List;

/** A family entered a portfolio ({@code before} is null), left it ({@code after} is null) or changed in it. */
@JsonFormat(shape = JsonFormat.Shape.ARRAY)
@JsonPropertyOrder({"ref", "before", "after"})
record Delta(String ref, List<String> before, List<String> after) {}
