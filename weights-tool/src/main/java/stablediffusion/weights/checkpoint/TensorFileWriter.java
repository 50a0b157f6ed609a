package stablediffusion.weights.checkpoint;

import java.io.IOException;

/**
 * Writes the data of tensors to a file, one after another in the order in which they were announced.
 */
public interface TensorFileWriter extends AutoCloseable {
    /** Bytes per call to a channel: large enough for a fast disk, small enough for the copy that the channel makes. */
    int CHUNK = 1 << 20;

    /** Writes the data of the next tensor, little-endian. */
    void write(byte[] data) throws IOException;

    /** Completes the file; all tensors must have been written. */
    @Override
    void close() throws IOException;
}
