package uk.ac.manchester.tornado.api;

import uk.ac.manchester.tornado.api.exceptions.TornadoRuntimeException;
import uk.ac.manchester.tornado.api.types.arrays.TornadoNativeArray;

/** Describes a part of an array that is copied back alone. */
public class DataRange {

    private final TornadoNativeArray array;
    private long offset;
    private long size;

    public DataRange(TornadoNativeArray array) {
        this.array = array;
    }

    /** Sets the first element of the part. */
    public DataRange withOffset(long offset) {
        this.offset = offset;
        return this;
    }

    /** Sets the number of elements; 0 means the whole array and allows no offset. */
    public DataRange withSize(long size) {
        this.size = size;
        return this;
    }

    /** Checks that the part is inside the array. */
    public void materialize() {
        if (offset + elements() > array.getSize()) {
            throw new TornadoRuntimeException("elements " + offset + " to " + (offset + elements()) + " of an array of " + array.getSize());
        }
    }

    /** Returns the offset of the part from the beginning of the header in bytes. */
    public long getOffset() {
        return TornadoNativeArray.ARRAY_HEADER + offset * array.getElementSize();
    }

    /** Returns the size of the part in bytes. */
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
