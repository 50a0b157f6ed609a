package uk.ac.manchester.tornado.api.types.arrays;

import uk.ac.manchester.tornado.api.types.HalfFloat;

import java.lang.foreign.MemorySegment;
import java.util.Arrays;

import static java.lang.foreign.ValueLayout.JAVA_SHORT;

/** Holds half-precision numbers outside the Java heap, behind a header of {@link TornadoNativeArray#ARRAY_HEADER} bytes. */
public final class HalfFloatArray extends TornadoNativeArray {

    public HalfFloatArray(int numberOfElements) {
        super(numberOfElements, 2);
    }

    private HalfFloatArray(MemorySegment segmentWithHeader) {
        super(segmentWithHeader, 2);
    }

    public static HalfFloatArray fromArray(HalfFloat[] values) {
        HalfFloatArray array = new HalfFloatArray(values.length);
        for (int i = 0; i < values.length; i++) {
            array.set(i, values[i]);
        }
        return array;
    }

    public static HalfFloatArray fromElements(HalfFloat... values) {
        return fromArray(values);
    }

    /** Copies a segment that has no header. */
    public static HalfFloatArray fromSegment(MemorySegment segment) {
        HalfFloatArray array = new HalfFloatArray(elements(segment.byteSize(), 2));
        array.getSegment().copyFrom(segment);
        return array;
    }

    /** Returns a view of a segment that begins with a header; nothing is copied. */
    public static HalfFloatArray fromSegmentShallow(MemorySegment segment) {
        return new HalfFloatArray(segment);
    }

    public static void initialize(HalfFloatArray array, HalfFloat value) {
        array.init(value);
    }

    public static HalfFloatArray concat(HalfFloatArray... arrays) {
        HalfFloatArray all = new HalfFloatArray(Arrays.stream(arrays).mapToInt(HalfFloatArray::getSize).sum());
        joinInto(all, arrays);
        return all;
    }

    public HalfFloat[] toHeapArray() {
        HalfFloat[] values = new HalfFloat[getSize()];
        Arrays.setAll(values, this::get);
        return values;
    }

    public short[] toShortArray() {
        return getSegment().toArray(JAVA_SHORT);
    }

    public void set(int index, HalfFloat value) {
        segment.setAtIndex(JAVA_SHORT, base + index, value.getHalfFloatValue());
    }

    public HalfFloat get(int index) {
        return new HalfFloat(segment.getAtIndex(JAVA_SHORT, base + index));
    }

    @Override
    public void clear() {
        getSegment().fill((byte) 0);
    }

    public void init(HalfFloat value) {
        for (int i = 0; i < getSize(); i++) {
            set(i, value);
        }
    }

    /** Copies {@code length} elements from {@code offset}. */
    public HalfFloatArray slice(int offset, int length) {
        return fromSegment(part(offset, length));
    }
}
