package stablediffusion.model.sampler;

/** Computes with latents, element by element. Their layout does not matter to a sampler. */
final class Latents {
    private Latents() {}

    /** Computes a · x. */
    static float[] scale(double a, float[] x) {
        float[] result = new float[x.length];
        for (int i = 0; i < x.length; i++) {
            result[i] = (float) (a * x[i]);
        }
        return result;
    }

    /** Computes a · x + b · y. */
    static float[] sum(double a, float[] x, double b, float[] y) {
        float[] result = new float[x.length];
        for (int i = 0; i < x.length; i++) {
            result[i] = (float) (a * x[i] + b * y[i]);
        }
        return result;
    }

    /** Computes a · x + b · y + c · z. */
    static float[] sum(double a, float[] x, double b, float[] y, double c, float[] z) {
        float[] result = new float[x.length];
        for (int i = 0; i < x.length; i++) {
            result[i] = (float) (a * x[i] + b * y[i] + c * z[i]);
        }
        return result;
    }
}
