package stablediffusion.weights.checkpoint;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/** Holds native memory that is used for one tensor after another and grows as needed. */
final class ReusedBuffer {
    private MemorySegment memory = MemorySegment.NULL;

    /** Returns a segment of the given size, not cleared. */
    MemorySegment take(long bytes) {
        if (memory.byteSize() < bytes) {
            memory = Arena.ofAuto().allocate(bytes, 64);
        }
        return memory.asSlice(0, bytes);
    }
}
