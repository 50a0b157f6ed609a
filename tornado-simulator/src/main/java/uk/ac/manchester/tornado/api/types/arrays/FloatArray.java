package uk.ac.manchester.tornado.api.types.arrays;

import java.lang.foreign.MemorySegment;
import java.nio.FloatBuffer;
import java.util.Arrays;

import static java.lang.foreign.ValueLayout.JAVA_FLOAT;

/** Holds single-precision numbers outside the Java heap, behind a header of {@link TornadoNativeArray#ARRAY_HEADER} bytes. */
public final class FloatArray extends TornadoNativeArray {

    public FloatArray(int numberOfElements) {
        super(numberOfElements, 4);
    }

    private FloatArray(MemorySegment segmentWithHeader) {
        super(segmentWithHeader, 4);
    }

    public static FloatArray fromArray(float[] values) {
        return fromSegment(MemorySegment.ofArray(values));
    }

    public static FloatArray fromElements(float... values) {
        return fromArray(values);
    }

    /** Copies a segment that has no header. */
    public static FloatArray fromSegment(MemorySegment segment) {
        FloatArray array = new FloatArray(elements(segment.byteSize(), 4));
        array.getSegment().copyFrom(segment);
        return array;
    }

    /** Returns a view of a segment that begins with a header; nothing is copied. */
    public static FloatArray fromSegmentShallow(MemorySegment segment) {
        return new FloatArray(segment);
    }

    public static FloatArray fromFloatBuffer(FloatBuffer buffer) {
        return fromSegment(MemorySegment.ofBuffer(buffer));
    }

    public static void initialize(FloatArray array, float value) {
        array.init(value);
    }

    public static FloatArray concat(FloatArray... arrays) {
        FloatArray all = new FloatArray(Arrays.stream(arrays).mapToInt(FloatArray::getSize).sum());
        joinInto(all, arrays);
        return all;
    }

    public float[] toHeapArray() {
        return getSegment().toArray(JAVA_FLOAT);
    }

    public void set(int index, float value) {
        segment.setAtIndex(JAVA_FLOAT, base + index, value);
    }

    public float get(int index) {
        return segment.getAtIndex(JAVA_FLOAT, base + index);
    }

    @Override
    public void clear() {
        getSegment().fill((byte) 0);
    }

    public void init(float value) {
        for (int i = 0; i < getSize(); i++) {
            set(i, value);
        }
    }

    /** Copies {@code length} elements from {@code offset}. */
    public FloatArray slice(int offset, int length) {
        return fromSegment(part(offset, length));
    }
}
