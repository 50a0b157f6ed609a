package stablediffusion.weights;

import stablediffusion.weights.checkpoint.CheckpointTensor;

/**
 * What a look at all numbers of a tensor shows.
 *
 * @param min of what is a number; infinite where nothing is
 * @param max of what is a number
 * @param mean of what is a number
 * @param notNumbers count of NaN
 */
public record Statistics(float min, float max, double mean, long notNumbers) {
    private static final int CHUNK = 1 << 14;

    public static Statistics of(CheckpointTensor tensor) {
        float min = Float.POSITIVE_INFINITY;
        float max = Float.NEGATIVE_INFINITY;
        double sum = 0;
        long notNumbers = 0;
        float[] chunk = new float[CHUNK];
        for (long from = 0; from < tensor.size(); from += CHUNK) {
            int count = (int) Math.min(CHUNK, tensor.size() - from);
            tensor.read(from, chunk, 0, count);
            for (int i = 0; i < count; i++) {
                float value = chunk[i];
                if (Float.isNaN(value)) {
                    notNumbers++;
                } else {
                    min = Math.min(min, value);
                    max = Math.max(max, value);
                    sum += value;
                }
            }
        }
        return new Statistics(min, max, sum / Math.max(1, tensor.size() - notNumbers), notNumbers);
    }
}
