package stablediffusion.tornado;

import stablediffusion.model.Precision;
import stablediffusion.model.weights.WeightData;
import uk.ac.manchester.tornado.api.types.arrays.FloatArray;
import uk.ac.manchester.tornado.api.types.arrays.HalfFloatArray;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/**
 * The matrices and tables of a block in one array, as wide as the device reads them.
 */
sealed interface Matrices {

    /** What tasks take and the device receives. */
    Object array();

    /** Copies a tensor to its place, widened or narrowed where its file has another precision. */
    void put(int offset, WeightData data);

    static Matrices allocate(Precision precision, int size) {
        return precision == Precision.F16 ? new Halves(new HalfFloatArray(size)) : new Floats(new FloatArray(size));
    }

    /** For devices that do not compute with halves. */
    record Floats(FloatArray array) implements Matrices {
        @Override
        public void put(int offset, WeightData data) {
            float[] values = data.toFloats();
            MemorySegment.copy(values, 0, array.getSegment(), ValueLayout.JAVA_FLOAT_UNALIGNED, 4L * offset, values.length);
        }
    }

    /** Half the memory and half the time to read it. */
    record Halves(HalfFloatArray array) implements Matrices {
        @Override
        public void put(int offset, WeightData data) {
            if (data.precision() == Precision.F16) {
                MemorySegment.copy(data.memory(), 0, array.getSegment(), 2L * offset, data.memory().byteSize());
                return;
            }
            float[] values = data.toFloats();
            short[] halves = new short[values.length];
            for (int i = 0; i < values.length; i++) {
                halves[i] = Float.floatToFloat16(values[i]);
            }
            MemorySegment.copy(halves, 0, array.getSegment(), ValueLayout.JAVA_SHORT_UNALIGNED, 2L * offset, halves.length);
        }
    }
}
