package stablediffusion.tornado.simulator;

import uk.ac.manchester.tornado.api.types.arrays.ByteArray;
import uk.ac.manchester.tornado.api.types.arrays.FloatArray;
import uk.ac.manchester.tornado.api.types.arrays.HalfFloatArray;
import uk.ac.manchester.tornado.api.types.arrays.IntArray;
import uk.ac.manchester.tornado.api.types.arrays.ShortArray;
import uk.ac.manchester.tornado.api.types.arrays.TornadoNativeArray;

/** Holds the device's copy of an array, with the record of the accesses to its elements. */
final class DeviceArray {

    private final TornadoNativeArray array;
    private boolean transferred;
    private AccessRecord accesses;

    /** Allocates the copy of a host array, without its values. */
    DeviceArray(TornadoNativeArray host) {
        int size = host.getSize();
        array = switch (host) {
            case FloatArray _ -> new FloatArray(size);
            case IntArray _ -> new IntArray(size);
            case ShortArray _ -> new ShortArray(size);
            case HalfFloatArray _ -> new HalfFloatArray(size);
            case ByteArray _ -> new ByteArray(size);
        };
    }

    static String describe(TornadoNativeArray array) {
        return array.getClass().getSimpleName() + " of " + array.getSize() + " elements";
    }

    TornadoNativeArray array() {
        return array;
    }

    long bytes() {
        return array.getNumBytesOfSegmentWithHeader();
    }

    void copyIn(TornadoNativeArray host) {
        array.getSegment().copyFrom(host.getSegment());
        transferred = true;
    }

    /** Returns true if all elements were copied from the host; if not, an element has a value only after a kernel wrote it. */
    boolean transferred() {
        return transferred;
    }

    /** Returns true if any element has a value. */
    boolean hasValues() {
        return transferred || accesses != null && accesses.anyWritten();
    }

    AccessRecord accesses() {
        if (accesses == null) {
            accesses = new AccessRecord(array.getSize());
        }
        return accesses;
    }
}
