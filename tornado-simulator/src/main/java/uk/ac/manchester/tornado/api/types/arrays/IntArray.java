package uk.ac.manchester.tornado.api.types.arrays;

import java.lang.foreign.MemorySegment;
import java.nio.IntBuffer;
import java.util.Arrays;

import static java.lang.foreign.ValueLayout.JAVA_INT;

/** Holds integers outside the Java heap, behind a header of {@link TornadoNativeArray#ARRAY_HEADER} bytes. */
public final class IntArray extends TornadoNativeArray {

    public IntArray(int numberOfElements) {
        super(numberOfElements, 4);
    }

    private IntArray(MemorySegment segmentWithHeader) {
        super(segmentWithHeader, 4);
    }

    public static IntArray fromArray(int[] values) {
        return fromSegment(MemorySegment.ofArray(values));
    }

    public static IntArray fromElements(int... values) {
        return fromArray(values);
    }

    /** Copies a segment that has no header. */
    public static IntArray fromSegment(MemorySegment segment) {
        IntArray array = new IntArray(elements(segment.byteSize(), 4));
        array.getSegment().copyFrom(segment);
        return array;
    }

    /** Returns a view of a segment that begins with a header; nothing is copied. */
    public static IntArray fromSegmentShallow(MemorySegment segment) {
        return new IntArray(segment);
    }

    public static IntArray fromIntBuffer(IntBuffer buffer) {
        return fromSegment(MemorySegment.ofBuffer(buffer));
    }

    public static void initialize(IntArray array, int value) {
        array.init(value);
    }

    public static IntArray concat(IntArray... arrays) {
        IntArray all = new IntArray(Arrays.stream(arrays).mapToInt(IntArray::getSize).sum());
        joinInto(all, arrays);
        return all;
    }

    public int[] toHeapArray() {
        return getSegment().toArray(JAVA_INT);
    }

    public void set(int index, int value) {
        segment.setAtIndex(JAVA_INT, base + index, value);
    }

    public int get(int index) {
        return segment.getAtIndex(JAVA_INT, base + index);
    }

    @Override
    public void clear() {
        getSegment().fill((byte) 0);
    }

    public void init(int value) {
        for (int i = 0; i < getSize(); i++) {
            set(i, value);
        }
    }

    /** Copies {@code length} elements from {@code offset}. */
    public IntArray slice(int offset, int length) {
        return fromSegment(part(offset, length));
    }
}
