package uk.ac.manchester.tornado.api.types.arrays;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

import static java.lang.foreign.ValueLayout.JAVA_INT;

/**
 * Holds an array in a segment outside the Java heap: a header with the number of elements, then the elements.
 */
public abstract sealed class TornadoNativeArray permits ByteArray, FloatArray, HalfFloatArray, IntArray, ShortArray {

    /** Size of the header in bytes. Not a compile-time constant: another runtime may use another size. */
    public static final long ARRAY_HEADER = Long.parseLong("16");

    final MemorySegment segment;
    final long base;
    private final int size;
    private final int elementSize;

    TornadoNativeArray(int size, int elementSize) {
        this(Arena.ofAuto().allocate(ARRAY_HEADER + (long) size * elementSize, ARRAY_HEADER), size, elementSize);
    }

    TornadoNativeArray(MemorySegment segmentWithHeader, int elementSize) {
        this(segmentWithHeader, elements(segmentWithHeader.byteSize() - ARRAY_HEADER, elementSize), elementSize);
    }

    private TornadoNativeArray(MemorySegment segmentWithHeader, int size, int elementSize) {
        this.segment = segmentWithHeader;
        this.size = size;
        this.elementSize = elementSize;
        this.base = ARRAY_HEADER / elementSize;
        segment.set(JAVA_INT, 0, size);
    }

    static int elements(long bytes, int elementSize) {
        if (bytes % elementSize != 0) {
            throw new IllegalArgumentException(bytes + " bytes are not a multiple of the element size, " + elementSize);
        }
        return Math.toIntExact(bytes / elementSize);
    }

    static void joinInto(TornadoNativeArray all, TornadoNativeArray... arrays) {
        long offset = 0;
        for (TornadoNativeArray array : arrays) {
            MemorySegment.copy(array.getSegment(), 0, all.getSegment(), offset, array.getNumBytesOfSegment());
            offset += array.getNumBytesOfSegment();
        }
    }

    MemorySegment part(int offset, int length) {
        if (offset < 0 || length < 0 || offset + length > size) {
            throw new IllegalArgumentException("elements " + offset + " to " + (offset + length) + " of an array of " + size);
        }
        return getSegment().asSlice((long) offset * elementSize, (long) length * elementSize);
    }

    /** Returns the number of elements. */
    public int getSize() {
        return size;
    }

    /** Returns the elements, without the header. */
    public MemorySegment getSegment() {
        return segment.asSlice(ARRAY_HEADER);
    }

    public MemorySegment getSegmentWithHeader() {
        return segment;
    }

    public long getNumBytesOfSegmentWithHeader() {
        return segment.byteSize();
    }

    public long getNumBytesOfSegment() {
        return segment.byteSize() - ARRAY_HEADER;
    }

    /** Returns the size of an element in bytes. */
    public int getElementSize() {
        return elementSize;
    }

    protected void clear() {}
}
