package stablediffusion.weights;

import stablediffusion.weights.checkpoint.CheckpointTensor;

/**
 * Holds statistics of the elements of a tensor; NaN is only counted.
 *
 * @param min smallest element, positive infinity if all are NaN
 * @param max largest element, negative infinity if all are NaN
 * @param mean mean of the elements
 * @param nanCount number of NaN
 */
public record Statistics(float min, float max, double mean, long nanCount) {
    private static final int CHUNK = 1 << 14;

    /** Computes the statistics of a tensor. */
    public static Statistics of(CheckpointTensor tensor) {
        float min = Float.POSITIVE_INFINITY;
        float max = Float.NEGATIVE_INFINITY;
        double sum = 0;
        long nanCount = 0;
        float[] chunk = new float[CHUNK];
        for (long from = 0; from < tensor.size(); from += CHUNK) {
            int count = (int) Math.min(CHUNK, tensor.size() - from);
            tensor.read(from, chunk, 0, count);
            for (int i = 0; i < count; i++) {
                float value = chunk[i];
                if (Float.isNaN(value)) {
                    nanCount++;
                } else {
                    min = Math.min(min, value);
                    max = Math.max(max, value);
                    sum += value;
                }
            }
        }
        return new Statistics(min, max, sum / Math.max(1, tensor.size() - nanCount), nanCount);
    }
}
