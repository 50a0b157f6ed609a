package uk.ac.manchester.tornado.api.types.arrays;

import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.util.Arrays;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;

/** Holds bytes outside the Java heap, behind a header of {@link TornadoNativeArray#ARRAY_HEADER} bytes. */
public final class ByteArray extends TornadoNativeArray {

    public ByteArray(int numberOfElements) {
        super(numberOfElements, 1);
    }

    private ByteArray(MemorySegment segmentWithHeader) {
        super(segmentWithHeader, 1);
    }

    public static ByteArray fromArray(byte[] values) {
        return fromSegment(MemorySegment.ofArray(values));
    }

    public static ByteArray fromElements(byte... values) {
        return fromArray(values);
    }

    /** Copies a segment that has no header. */
    public static ByteArray fromSegment(MemorySegment segment) {
        ByteArray array = new ByteArray(elements(segment.byteSize(), 1));
        array.getSegment().copyFrom(segment);
        return array;
    }

    /** Returns a view of a segment that begins with a header; nothing is copied. */
    public static ByteArray fromSegmentShallow(MemorySegment segment) {
        return new ByteArray(segment);
    }

    public static ByteArray fromByteBuffer(ByteBuffer buffer) {
        return fromSegment(MemorySegment.ofBuffer(buffer));
    }

    public static void initialize(ByteArray array, byte value) {
        array.init(value);
    }

    public static ByteArray concat(ByteArray... arrays) {
        ByteArray all = new ByteArray(Arrays.stream(arrays).mapToInt(ByteArray::getSize).sum());
        joinInto(all, arrays);
        return all;
    }

    public byte[] toHeapArray() {
        return getSegment().toArray(JAVA_BYTE);
    }

    public void set(int index, byte value) {
        segment.setAtIndex(JAVA_BYTE, base + index, value);
    }

    public byte get(int index) {
        return segment.getAtIndex(JAVA_BYTE, base + index);
    }

    @Override
    public void clear() {
        getSegment().fill((byte) 0);
    }

    public void init(byte value) {
        for (int i = 0; i < getSize(); i++) {
            set(i, value);
        }
    }

    /** Copies {@code length} elements from {@code offset}. */
    public ByteArray slice(int offset, int length) {
        return fromSegment(part(offset, length));
    }
}
