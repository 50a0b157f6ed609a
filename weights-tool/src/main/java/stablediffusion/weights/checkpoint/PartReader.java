package stablediffusion.weights.checkpoint;

import stablediffusion.model.FileFailure;
import stablediffusion.model.UserException;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;

/**
 * Reads parts of a checkpoint's tensors from its file, one after another into the same small buffer. Mapped pages would take more than
 * twice the time that copying them takes, and stay in the memory of the process. Not for two threads at once.
 */
public final class PartReader {
    private final Checkpoint checkpoint;
    private final FileChannel channel;
    private final ReusedBuffer buffer = new ReusedBuffer();

    /** @param channel of the checkpoint's file; may be shared */
    public PartReader(Checkpoint checkpoint, FileChannel channel) {
        this.checkpoint = checkpoint;
        this.channel = channel;
    }

    /**
     * The same numbers in the buffer, until the next call.
     *
     * @param part from {@link CheckpointTensor#part}
     * @throws UserException where the file cannot be read
     */
    public TensorData read(TensorData part) {
        if (!part.memory().isNative()) {
            return part; // gathered in the heap already
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
