package stablediffusion.model.testing;

import stablediffusion.model.graph.Activation;

/** Computes activation functions in double precision. */
final class ReferenceActivations {
    /** Up to this x the series of erf is accurate, from here on the continued fraction of 1 - erf converges. */
    private static final double SERIES_RANGE = 2;
    private static final int TERMS = 100;

    private ReferenceActivations() {}

    static double apply(Activation activation, double x) {
        return switch (activation) {
            case NONE -> x;
            case SILU -> x / (1 + Math.exp(-x));
            case QUICK_GELU -> x / (1 + Math.exp(-1.702 * x));
            case GELU -> x * (1 + erf(x / Math.sqrt(2))) / 2;
        };
    }

    /** Computes the error function, by its Taylor series near 0 and else by the continued fraction of its complement. */
    private static double erf(double x) {
        double magnitude = Math.abs(x);
        return magnitude <= SERIES_RANGE ? series(x) : Math.signum(x) * (1 - complement(magnitude));
    }

    private static double series(double x) {
        double term = x;
        double sum = x;
        for (int n = 1; n < TERMS; n++) {
            term *= -x * x / n;
            sum += term / (2 * n + 1);
        }
        return 2 / Math.sqrt(Math.PI) * sum;
    }

    private static double complement(double x) {
        double fraction = x;
        for (int n = TERMS; n > 0; n--) {
            fraction = x + n / 2.0 / fraction;
        }
        return Math.exp(-x * x) / fraction / Math.sqrt(Math.PI);
    }
}
