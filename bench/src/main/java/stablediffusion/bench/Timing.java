package stablediffusion.bench;

import java.util.Arrays;

/**
 * How long something took, over several runs after the first.
 *
 * @param median in seconds, as are the quartiles and the fastest run
 * @param noisy whether the middle half of the runs spreads over more than {@value #MOST_SPREAD} of the median: then another measurement
 *     may well give another median
 */
public record Timing(double median, double lowerQuartile, double upperQuartile, double fastest, int runs, boolean noisy) {
    static final double MOST_SPREAD = 0.1;

    /** @param seconds one for each run, at least one */
    public static Timing of(double... seconds) {
        if (seconds.length == 0) {
            throw new IllegalArgumentException("nothing was measured");
        }
        double[] sorted = seconds.clone();
        Arrays.sort(sorted);
        double median = quantile(sorted, 0.5);
        double lower = quantile(sorted, 0.25);
        double upper = quantile(sorted, 0.75);
        return new Timing(median, lower, upper, sorted[0], sorted.length, upper - lower > MOST_SPREAD * median);
    }

    /** Half the width of the middle half of the runs, over the median. */
    public double spread() {
        return median == 0 ? 0 : (upperQuartile - lowerQuartile) / 2 / median;
    }

    /** Linear between neighbours (Hyndman and Fan, 1996, definition 7; the default of NumPy and R). */
    private static double quantile(double[] sorted, double share) {
        double place = share * (sorted.length - 1);
        int below = (int) place;
        int above = Math.min(below + 1, sorted.length - 1);
        return sorted[below] + (place - below) * (sorted[above] - sorted[below]);
    }
}
