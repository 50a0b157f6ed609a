package stablediffusion.bench;

import java.util.Locale;

/** Formats measured values with three significant digits. */
public final class Format {
    private Format() {}

    /** Formats a time with three digits and a fitting unit: "12.3 ms". */
    public static String seconds(double seconds) {
        if (seconds == 0) {
            return "0 s";
        }
        double size = Math.abs(seconds);
        if (size >= 1) {
            return digits(seconds) + " s";
        }
        return size >= 1e-3 ? digits(1e3 * seconds) + " ms" : digits(1e6 * seconds) + " µs";
    }

    /** Formats a number with three significant digits; digits before the decimal point are never dropped. */
    public static String digits(double number) {
        double size = Math.abs(number);
        if (size != 0 && size < 1e-3) {
            return String.format(Locale.ROOT, "%.2e", number);
        }
        int decimals = size >= 100 ? 0 : size >= 10 ? 1 : size >= 1 ? 2 : 3;
        return String.format(Locale.ROOT, "%." + decimals + "f", number);
    }

    /** Formats a fraction as a whole percentage: 0.123 is "12%". */
    public static String percent(double fraction) {
        return String.format(Locale.ROOT, "%.0f%%", 100 * fraction);
    }

    /** Formats the median, "12.3 ms", followed by ~ if the measurement is noisy. */
    public static String median(Timing timing) {
        return seconds(timing.median()) + (timing.noisy() ? " ~" : "");
    }

    /** Formats median and spread, "12.3 ms ± 2%", followed by "(noisy)" if the measurement is noisy. */
    public static String timing(Timing timing) {
        return seconds(timing.median()) + " ± " + percent(timing.spread()) + (timing.noisy() ? " (noisy)" : "");
    }
}
