package stablediffusion.model.sampler;

/** Arithmetic on latents, element by element. A sampler does not care how they are laid out. */
final class Latents {
    private Latents() {}

    static float[] scale(double a, float[] x) {
        float[] result = new float[x.length];
        for (int i = 0; i < x.length; i++) {
            result[i] = (float) (a * x[i]);
        }
        return result;
    }

    /** a · x + b · y. */
    static float[] sum(double a, float[] x, double b, float[] y) {
        float[] result = new float[x.length];
        for (int i = 0; i < x.length; i++) {
            result[i] = (float) (a * x[i] + b * y[i]);
        }
        return result;
    }

    /** a · x + b · y + c · z. */
    static float[] sum(double a, float[] x, double b, float[] y, double c, float[] z) {
        float[] result = new float[x.length];
        for (int i = 0; i < x.length; i++) {
            result[i] = (float) (a * x[i] + b * y[i] + c * z[i]);
        }
        return result;
    }
}
