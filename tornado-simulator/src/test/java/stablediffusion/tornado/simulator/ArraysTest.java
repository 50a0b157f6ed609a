package stablediffusion.tornado.simulator;

import org.junit.jupiter.api.Test;
import uk.ac.manchester.tornado.api.types.HalfFloat;
import uk.ac.manchester.tornado.api.types.arrays.ByteArray;
import uk.ac.manchester.tornado.api.types.arrays.FloatArray;
import uk.ac.manchester.tornado.api.types.arrays.HalfFloatArray;
import uk.ac.manchester.tornado.api.types.arrays.IntArray;
import uk.ac.manchester.tornado.api.types.arrays.ShortArray;
import uk.ac.manchester.tornado.api.types.arrays.TornadoNativeArray;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.FloatBuffer;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

/** Tests the header of arrays, and which factories copy. */
class ArraysTest {

    @Test
    void arraysHoldWhatTheyAreGiven() {
        assertArrayEquals(new float[] {1, 2, 3}, FloatArray.fromElements(1, 2, 3).toHeapArray());
        assertArrayEquals(new int[] {1, 2, 3}, IntArray.fromElements(1, 2, 3).toHeapArray());
        assertArrayEquals(new short[] {1, 2}, ShortArray.fromElements((short) 1, (short) 2).toHeapArray());
        assertArrayEquals(new byte[] {1, 2}, ByteArray.fromElements((byte) 1, (byte) 2).toHeapArray());
        assertArrayEquals(new float[] {4, 5}, FloatArray.fromFloatBuffer(FloatBuffer.wrap(new float[] {4, 5})).toHeapArray());
        assertArrayEquals(new float[] {1, 2, 3},
                FloatArray.concat(FloatArray.fromElements(1), FloatArray.fromElements(2, 3)).toHeapArray());
        assertArrayEquals(new float[] {2, 3}, FloatArray.fromElements(1, 2, 3).slice(1, 2).toHeapArray());
        assertThrows(IllegalArgumentException.class, () -> FloatArray.fromElements(1, 2, 3).slice(2, 2));
    }

    @Test
    void segmentsAreCopiedOrViewed() {
        MemorySegment data = Arena.ofAuto().allocate(8 + TornadoNativeArray.ARRAY_HEADER, 16);
        data.set(ValueLayout.JAVA_FLOAT, TornadoNativeArray.ARRAY_HEADER, 7);
        FloatArray view = FloatArray.fromSegmentShallow(data);
        FloatArray copy = FloatArray.fromSegment(data.asSlice(TornadoNativeArray.ARRAY_HEADER));
        data.set(ValueLayout.JAVA_FLOAT, TornadoNativeArray.ARRAY_HEADER, 8);
        assertEquals(2, view.getSize());
        assertEquals(8, view.get(0));
        assertEquals(7, copy.get(0));
        assertEquals(2, data.get(ValueLayout.JAVA_INT, 0), "the header begins with the number of elements");
        assertThrows(IllegalArgumentException.class, () -> FloatArray.fromSegment(data.asSlice(0, 7)));
    }

    @Test
    void fp16RoundsToNearest() {
        HalfFloatArray array = HalfFloatArray.fromElements(new HalfFloat(1 / 3f), new HalfFloat(65519f));
        assertEquals(0.33325195f, array.get(0).getFloat32());
        assertEquals(65504f, array.get(1).getFloat32());
        assertEquals((short) 0x3555, array.get(0).getHalfFloatValue());
        assertEquals(0.6665039f, HalfFloat.add(array.get(0), array.get(0)).getFloat32());
    }
}
