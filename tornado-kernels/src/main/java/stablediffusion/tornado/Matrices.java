package stablediffusion.tornado;

import stablediffusion.model.Precision;
import stablediffusion.model.weights.WeightData;
import uk.ac.manchester.tornado.api.types.arrays.FloatArray;
import uk.ac.manchester.tornado.api.types.arrays.HalfFloatArray;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/**
 * Holds the matrices and embedding tables of a task graph in one array, in the precision in which the device reads them.
 */
sealed interface Matrices {

    /** Returns the array that is a task's argument. */
    Object array();

    /**
     * Copies a tensor into the array and converts it where its file has another precision.
     *
     * @param offset first element in the array
     */
    void put(int offset, WeightData data);

    static Matrices allocate(Precision precision, int size) {
        return precision == Precision.F16 ? new Fp16(new HalfFloatArray(size)) : new Fp32(new FloatArray(size));
    }

    /** Holds 32-bit numbers, for devices without fp16. */
    record Fp32(FloatArray array) implements Matrices {
        @Override
        public void put(int offset, WeightData data) {
            float[] values = data.toFloats();
            MemorySegment.copy(values, 0, array.getSegment(), ValueLayout.JAVA_FLOAT_UNALIGNED, 4L * offset, values.length);
        }
    }

    /** Holds fp16 numbers: half the memory, and half the time to read it. */
    record Fp16(HalfFloatArray array) implements Matrices {
        @Override
        public void put(int offset, WeightData data) {
            if (data.precision() == Precision.F16) {
                MemorySegment.copy(data.memory(), 0, array.getSegment(), 2L * offset, data.memory().byteSize());
                return;
            }
            float[] values = data.toFloats();
            short[] fp16 = new short[values.length];
            for (int i = 0; i < values.length; i++) {
                fp16[i] = Float.floatToFloat16(values[i]);
            }
            MemorySegment.copy(fp16, 0, array.getSegment(), ValueLayout.JAVA_SHORT_UNALIGNED, 2L * offset, fp16.length);
        }
    }
}
