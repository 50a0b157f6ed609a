package stablediffusion.tornado.kernels;

import uk.ac.manchester.tornado.api.math.TornadoMath;

/** Computes activation functions of single elements, inlined into the kernels. */
public final class ActivationFunctions {
    public static final int NONE = 0;
    public static final int SILU = 1;
    public static final int QUICK_GELU = 2;
    public static final int GELU = 3;
    /** Computes {@code a · gelu(b)} of two sums, see {@link stablediffusion.model.graph.Operation.GatedLinear}; only of {@link GpuProducts}. */
    public static final int GEGLU = 4;

    private ActivationFunctions() {}

    /** Returns 1 if an activation takes two sums, else 0. */
    static int gated(int activation) {
        return activation == GEGLU ? 1 : 0;
    }

    /** @param activation one of the constants above; a constant of the compiled kernel, so that only one branch is compiled */
    static float activate(float x, int activation) {
        if (activation == SILU) {
            return sigmoidTimes(x, x);
        }
        if (activation == QUICK_GELU) {
            return sigmoidTimes(1.702f * x, x);
        }
        if (activation == GELU) {
            return gelu(x);
        }
        return x;
    }

    private static float sigmoidTimes(float x, float factor) {
        return factor / (1f + TornadoMath.exp(-x));
    }

    /** Computes x · Φ(x), with erf by Abramowitz and Stegun, 7.1.26 (absolute error below 1.5e-7), because the API has no erf. */
    static float gelu(float x) {
        float z = TornadoMath.abs(x) * 0.70710678f;
        float t = 1f / (1f + 0.3275911f * z);
        float tail = t
                * (0.254829592f + t * (-0.284496736f + t * (1.421413741f + t * (-1.453152027f + t * 1.061405429f))))
                * TornadoMath.exp(-z * z);
        float erf = x < 0f ? tail - 1f : 1f - tail;
        return 0.5f * x * (1f + erf);
    }
}
