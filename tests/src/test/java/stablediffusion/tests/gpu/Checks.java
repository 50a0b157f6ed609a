package stablediffusion.tests.gpu;

import java.util.List;
import java.util.Locale;

/**
 * Holds the results of checks on a device.
 *
 * @param engine description of the engine
 * @param unit unit of the figures
 */
record Checks(String engine, String unit, List<Check> checks) {

    /**
     * Holds the result of one check.
     *
     * @param figure what was measured; NaN is never right
     * @param limit the worst figure that is right
     */
    record Check(String name, double figure, double limit, boolean right) {
        /** Returns a check of a figure that must be at most so large. */
        static Check atMost(double limit, String name, double figure) {
            return new Check(name, figure, limit, figure <= limit);
        }

        /** Returns a check of a figure that must be at least so large. */
        static Check atLeast(double limit, String name, double figure) {
            return new Check(name, figure, limit, figure >= limit);
        }

        String describe(String unit) {
            return String.format(Locale.ROOT, "%s: %.3g %s, limit %.3g", name, figure, unit, limit);
        }
    }

    /** Returns whether all are right and there are any. */
    boolean right() {
        return !checks.isEmpty() && checks.stream().allMatch(Check::right);
    }

    /** Returns the wrong ones in words. */
    List<String> wrong() {
        return checks.stream().filter(check -> !check.right()).map(check -> check.describe(unit)).toList();
    }
}
