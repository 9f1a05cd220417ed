package giants.bench;

import com.fasterxml.jackson.annotation.JsonFormat;
import com.fasterxml.jackson.annotation.JsonPropertyOrder;
import java.math.BigDecimal;
import java.math.RoundingMode;

/** The arithmetic of {@code giants/domain/exposure.py}, methodology {@code exposure-2}, to the last digit. */
final class Exposure {
    static final String METHODOLOGY = "exposure-2";
    private static final int FLOOR_INSTANCES_PER_MATCH = 50;
    private static final int FAMILIES_FULL = 100;
    private static final double HIGH_ALIGNMENT = 0.3;
    private static final double HIGH_CONFIDENCE = 0.5;
    private static final String[] BANDS = {"very_weak", "weak", "moderate", "strong", "very_strong"};
    private static final int[] CUTOFFS = {20, 40, 60, 80};
    // The distribution function of Beta(2, 4) at families / 100: at least two successes in five trials, as a whole
    // number over 100 to the power of five.
    private static final int TRIALS = 5;
    private static final int SUCCESSES_MIN = 2;
    private static final long[] BINOMIALS = {1, 5, 10, 10, 5, 1};
    private static final long SCALE = power(FAMILIES_FULL, TRIALS);
    private static final long[] SCALED_CONFIDENCE = scaledConfidence();
    private static final double NEARLY_HALF = 1e-6;

    private Exposure() {}

    /** Score in 0 … 100 with four digits, band and profile of a rated pair. */
    @JsonFormat(shape = JsonFormat.Shape.ARRAY)
    @JsonPropertyOrder({"score", "band", "profile"})
    record Rating(double score, String band, String profile) {
        boolean standsAs(Rating other) {
            return other != null && band.equals(other.band) && profile.equals(other.profile);
        }
    }

    static double confidence(int families) {
        return (double) SCALED_CONFIDENCE[Math.min(families, FAMILIES_FULL)] / SCALE;
    }

    /** Rating of a pair; null below the floor. {@code families} are those that count for confidence. */
    static Rating rate(int matching, int instances, int families) {
        if (matching <= 0 || (long) FLOOR_INSTANCES_PER_MATCH * matching < instances) {
            return null;
        }
        long scaled = matching * SCALED_CONFIDENCE[Math.min(families, FAMILIES_FULL)];
        double score = 100 * Math.sqrt((double) scaled / (double) (instances * SCALE));
        boolean aligned = (double) matching / instances >= HIGH_ALIGNMENT;
        return new Rating(rounded(score, 4), band(scaled / instances), profile(aligned, confidence(families)));
    }

    /** A number with so many digits, half to even by its exact value, as Python rounds. */
    static double rounded(double value, int digits) {
        double factor = Math.pow(10, digits);
        double shifted = value * factor;
        if (Math.abs(shifted - Math.floor(shifted) - 0.5) < NEARLY_HALF) {
            return new BigDecimal(value).setScale(digits, RoundingMode.HALF_EVEN).doubleValue();
        }
        return Math.rint(shifted) / factor;
    }

    private static String band(long level) {
        int number = 0;
        while (number < CUTOFFS.length && level >= CUTOFFS[number] * CUTOFFS[number] * SCALE / (100 * 100)) {
            number++;
        }
        return BANDS[number];
    }

    private static String profile(boolean aligned, double confidence) {
        if (confidence >= HIGH_CONFIDENCE) {
            return aligned ? "established" : "peripheral";
        }
        return aligned ? "tentative" : "sparse";
    }

    private static long[] scaledConfidence() {
        long[] scaled = new long[FAMILIES_FULL + 1];
        for (int families = 0; families <= FAMILIES_FULL; families++) {
            for (int successes = SUCCESSES_MIN; successes <= TRIALS; successes++) {
                scaled[families] += BINOMIALS[successes]
                        * power(families, successes)
                        * power(FAMILIES_FULL - families, TRIALS - successes);
            }
        }
        return scaled;
    }

    private static long power(long base, int exponent) {
        return exponent == 0 ? 1 : base * power(base, exponent - 1);
    }
}
