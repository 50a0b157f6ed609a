package stablediffusion.weights.checkpoint;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/** Memory outside the heap for one tensor after another; grows with the largest. */
final class ReusedBuffer {
    private MemorySegment memory = MemorySegment.NULL;

    /** So many bytes, with whatever was there before. */
    MemorySegment take(long bytes) {
        if (memory.byteSize() < bytes) {
            memory = Arena.ofAuto().allocate(bytes, 64);
        }
        return memory.asSlice(0, bytes);
    }
}
