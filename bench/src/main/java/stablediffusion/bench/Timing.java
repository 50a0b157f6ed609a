package stablediffusion.bench;

import java.util.Arrays;

/**
 * Holds statistics of the times of several runs, in seconds.
 *
 * @param fastest shortest time
 * @param runs number of runs
 * @param noisy true if the interquartile range exceeds {@value #MAX_SPREAD} of the median: a repetition may give another median
 */
public record Timing(double median, double lowerQuartile, double upperQuartile, double fastest, int runs, boolean noisy) {
    static final double MAX_SPREAD = 0.1;

    /**
     * Computes the statistics.
     *
     * @param seconds time of each run, at least one
     */
    public static Timing of(double... seconds) {
        if (seconds.length == 0) {
            throw new IllegalArgumentException("nothing was measured");
        }
        double[] sorted = seconds.clone();
        Arrays.sort(sorted);
        double median = quantile(sorted, 0.5);
        double lower = quantile(sorted, 0.25);
        double upper = quantile(sorted, 0.75);
        return new Timing(median, lower, upper, sorted[0], sorted.length, upper - lower > MAX_SPREAD * median);
    }

    /** Returns half the interquartile range, divided by the median. */
    public double spread() {
        return median == 0 ? 0 : (upperQuartile - lowerQuartile) / 2 / median;
    }

    /** Computes a quantile by linear interpolation (Hyndman and Fan, 1996, definition 7; the default of NumPy and R). */
    private static double quantile(double[] sorted, double probability) {
        double position = probability * (sorted.length - 1);
        int below = (int) position;
        int above = Math.min(below + 1, sorted.length - 1);
        return sorted[below] + (position - below) * (sorted[above] - sorted[below]);
    }
}
