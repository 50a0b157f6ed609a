package stablediffusion.weights.checkpoint;

import stablediffusion.model.FileFailure;
import stablediffusion.model.UserException;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;

/**
 * Reads parts of a checkpoint's tensors from its file into a small buffer, one after another. Page faults on mapped memory would take more
 * than twice the time of this copy, and the pages would stay in the memory of the process. Not thread-safe.
 */
public final class PartReader {
    private final Checkpoint checkpoint;
    private final FileChannel channel;
    private final ReusedBuffer buffer = new ReusedBuffer();

    /**
     * Reads from an open checkpoint.
     *
     * @param channel open channel of the checkpoint's file; may be shared
     */
    public PartReader(Checkpoint checkpoint, FileChannel channel) {
        this.checkpoint = checkpoint;
        this.channel = channel;
    }

    /**
     * Copies a part into the buffer, where it is valid until the next call.
     *
     * @param part result of {@link CheckpointTensor#part}
     * @throws UserException if the file cannot be read
     */
    public TensorData read(TensorData part) {
        if (!part.memory().isNative()) {
            return part; // already copied to the heap
        }
        long position = part.memory().address() - checkpoint.bytes().address();
        MemorySegment copy = buffer.take(part.memory().byteSize());
        ByteBuffer bytes = copy.asByteBuffer();
        try {
            while (bytes.hasRemaining()) {
                if (channel.read(bytes, position + bytes.position()) < 0) {
                    throw new IOException("it became shorter while it was read");
                }
            }
        } catch (IOException unreadable) {
            throw new UserException("cannot read " + checkpoint.file() + ": " + FileFailure.reason(unreadable), unreadable);
        }
        return new TensorData(part.type(), copy);
    }
}
