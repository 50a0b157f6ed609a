package stablediffusion.bench;

import stablediffusion.model.engine.Tensor;

/**
 * Holds error statistics of an output with respect to a reference.
 *
 * @param maximum largest absolute difference
 * @param mean mean absolute difference
 * @param relative root mean square of the differences divided by that of the reference
 */
public record OutputError(double maximum, double mean, double relative) {
    /**
     * Computes the errors of an output.
     *
     * @throws IllegalArgumentException if the shapes differ
     */
    public static OutputError between(Tensor output, Tensor reference) {
        if (!output.shape().equals(reference.shape())) {
            throw new IllegalArgumentException(output.shape() + " cannot be compared with " + reference.shape());
        }
        double maximum = 0;
        double sum = 0;
        double squares = 0;
        double power = 0;
        float[] values = output.values();
        for (int i = 0; i < values.length; i++) {
            double expected = reference.values()[i];
            double difference = Math.abs(values[i] - expected);
            // Math.max keeps NaN, so that an output with NaN never looks exact.
            maximum = Math.max(maximum, difference);
            sum += difference;
            squares += difference * difference;
            power += expected * expected;
        }
        return new OutputError(maximum, sum / values.length, power == 0 ? Math.sqrt(squares) : Math.sqrt(squares / power));
    }
}
