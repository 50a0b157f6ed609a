package stablediffusion.bench;

import java.util.Locale;

/** Numbers in words, with as many digits as a measurement has. */
final class Words {
    private Words() {}

    /** Three digits and the unit that suits: "12.3 ms". */
    static String seconds(double seconds) {
        if (seconds == 0) {
            return "0 s";
        }
        double size = Math.abs(seconds);
        if (size >= 1) {
            return digits(seconds) + " s";
        }
        return size >= 1e-3 ? digits(1e3 * seconds) + " ms" : digits(1e6 * seconds) + " µs";
    }

    static String bytes(long bytes) {
        if (bytes >= 1_000_000_000) {
            return digits(bytes / 1e9) + " GB";
        }
        return bytes >= 1_000_000 ? digits(bytes / 1e6) + " MB" : digits(bytes / 1e3) + " kB";
    }

    /** Three digits, or all before the point. */
    static String digits(double number) {
        double size = Math.abs(number);
        if (size != 0 && size < 1e-3) {
            return String.format(Locale.ROOT, "%.2e", number);
        }
        int decimals = size >= 100 ? 0 : size >= 10 ? 1 : size >= 1 ? 2 : 3;
        return String.format(Locale.ROOT, "%." + decimals + "f", number);
    }

    static String percent(double share) {
        return String.format(Locale.ROOT, "%.0f%%", 100 * share);
    }

    /** "12.3 ms", with a ~ where the machine was noisy. */
    static String median(Timing timing) {
        return seconds(timing.median()) + (timing.noisy() ? " ~" : "");
    }

    /** "12.3 ms ± 2%", with a mark where the machine was noisy. */
    static String timing(Timing timing) {
        return seconds(timing.median()) + " ± " + percent(timing.spread()) + (timing.noisy() ? " (noisy)" : "");
    }
}
