package uk.ac.manchester.tornado.api;

import uk.ac.manchester.tornado.api.exceptions.TornadoRuntimeException;
import uk.ac.manchester.tornado.api.types.arrays.TornadoNativeArray;

/** A part of an array, to be copied back alone. */
public class DataRange {

    private final TornadoNativeArray array;
    private long offset;
    private long size;

    public DataRange(TornadoNativeArray array) {
        this.array = array;
    }

    /** The first element of the part. */
    public DataRange withOffset(long offset) {
        this.offset = offset;
        return this;
    }

    /** The number of elements; 0 is the whole array, which goes with no offset. */
    public DataRange withSize(long size) {
        this.size = size;
        return this;
    }

    /** Checks that the part lies in the array. */
    public void materialize() {
        if (offset + elements() > array.getSize()) {
            throw new TornadoRuntimeException("elements " + offset + " to " + (offset + elements()) + " of an array of " + array.getSize());
        }
    }

    /** Bytes from the beginning of the header. */
    public long getOffset() {
        return TornadoNativeArray.ARRAY_HEADER + offset * array.getElementSize();
    }

    /** Bytes. */
    public long getPartialSize() {
        return elements() * array.getElementSize();
    }

    public TornadoNativeArray getArray() {
        return array;
    }

    private long elements() {
        return size == 0 ? array.getSize() : size;
    }
}
