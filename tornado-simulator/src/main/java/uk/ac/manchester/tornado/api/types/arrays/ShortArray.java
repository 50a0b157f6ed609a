package uk.ac.manchester.tornado.api.types.arrays;

import java.lang.foreign.MemorySegment;
import java.nio.ShortBuffer;
import java.util.Arrays;

import static java.lang.foreign.ValueLayout.JAVA_SHORT;

/** Holds short integers outside the Java heap, behind a header of {@link TornadoNativeArray#ARRAY_HEADER} bytes. */
public final class ShortArray extends TornadoNativeArray {

    public ShortArray(int numberOfElements) {
        super(numberOfElements, 2);
    }

    private ShortArray(MemorySegment segmentWithHeader) {
        super(segmentWithHeader, 2);
    }

    public static ShortArray fromArray(short[] values) {
        return fromSegment(MemorySegment.ofArray(values));
    }

    public static ShortArray fromElements(short... values) {
        return fromArray(values);
    }

    /** Copies a segment that has no header. */
    public static ShortArray fromSegment(MemorySegment segment) {
        ShortArray array = new ShortArray(elements(segment.byteSize(), 2));
        array.getSegment().copyFrom(segment);
        return array;
    }

    /** Returns a view of a segment that begins with a header; nothing is copied. */
    public static ShortArray fromSegmentShallow(MemorySegment segment) {
        return new ShortArray(segment);
    }

    public static ShortArray fromShortBuffer(ShortBuffer buffer) {
        return fromSegment(MemorySegment.ofBuffer(buffer));
    }

    public static void initialize(ShortArray array, short value) {
        array.init(value);
    }

    public static ShortArray concat(ShortArray... arrays) {
        ShortArray all = new ShortArray(Arrays.stream(arrays).mapToInt(ShortArray::getSize).sum());
        joinInto(all, arrays);
        return all;
    }

    public short[] toHeapArray() {
        return getSegment().toArray(JAVA_SHORT);
    }

    public void set(int index, short value) {
        segment.setAtIndex(JAVA_SHORT, base + index, value);
    }

    public short get(int index) {
        return segment.getAtIndex(JAVA_SHORT, base + index);
    }

    @Override
    public void clear() {
        getSegment().fill((byte) 0);
    }

    public void init(short value) {
        for (int i = 0; i < getSize(); i++) {
            set(i, value);
        }
    }

    /** Copies {@code length} elements from {@code offset}. */
    public ShortArray slice(int offset, int length) {
        return fromSegment(part(offset, length));
    }
}
