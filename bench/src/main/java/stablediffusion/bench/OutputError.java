package stablediffusion.bench;

import stablediffusion.model.engine.Tensor;

/**
 * How far an output is from the reference's.
 *
 * @param maximum of the absolute differences
 * @param mean of the absolute differences
 * @param relative root of the mean square difference over that of the reference
 */
public record OutputError(double maximum, double mean, double relative) {
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
            // A NaN stays, so that it cannot pass for agreement.
            maximum = Math.max(maximum, difference);
            sum += difference;
            squares += difference * difference;
            power += expected * expected;
        }
        return new OutputError(maximum, sum / values.length, power == 0 ? Math.sqrt(squares) : Math.sqrt(squares / power));
    }
}
