package stablediffusion.tornado;

import stablediffusion.model.Precision;
import uk.ac.manchester.tornado.api.types.arrays.FloatArray;
import uk.ac.manchester.tornado.api.types.arrays.HalfFloatArray;

/**
 * Holds the arena, the one array of all activations of a network, in the precision in which the kernels store them.
 */
sealed interface Activations {

    /** Returns the array that is a task's argument. */
    Object array();

    static Activations allocate(Precision precision, int size) {
        return switch (precision) {
            case F32 -> new Fp32(new FloatArray(size));
            case F16 -> new Fp16(new HalfFloatArray(size));
            case BF16 -> throw new IllegalArgumentException("TornadoVM has no kernels for bf16");
        };
    }

    record Fp32(FloatArray array) implements Activations {}

    record Fp16(HalfFloatArray array) implements Activations {}
}
