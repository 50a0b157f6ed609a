package stablediffusion.weights.checkpoint;

import stablediffusion.model.FileFailure;
import stablediffusion.model.InvalidRequestException;
import stablediffusion.model.UserException;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.channels.FileChannel.MapMode;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Collections;
import java.util.Map;
import java.util.OptionalInt;
import java.util.SequencedMap;

/**
 * Represents an open checkpoint: named tensors in a memory-mapped file. Its tensors are valid until it is closed.
 *
 * @param file file of the checkpoint
 * @param format name of the file format, in words
 * @param tensors tensors by name, in the order of the file
 * @param latentEdge edge of the model's native picture in latent pixels, if the file contains it
 * @param metadata other metadata of the file
 * @param bytes the whole file, mapped
 * @param arena lifetime of the mapping
 */
public record Checkpoint(
        Path file,
        String format,
        SequencedMap<String, CheckpointTensor> tensors,
        OptionalInt latentEdge,
        Map<String, String> metadata,
        MemorySegment bytes,
        Arena arena)
        implements AutoCloseable {
    private static final int ZIP = 0x04034b50;
    private static final ValueLayout.OfInt INT = ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

    public Checkpoint {
        tensors = Collections.unmodifiableSequencedMap(tensors);
        metadata = Map.copyOf(metadata);
    }

    /**
     * Opens a file of torch ({@code .ckpt}, {@code .pt}) or safetensors, recognized by its first bytes.
     *
     * @throws UserException if the file is neither, or is damaged
     */
    @SuppressWarnings("MustBeClosedChecker") // The checkpoint closes the arena.
    public static Checkpoint open(Path file) {
        Arena arena = Arena.ofShared();
        try {
            MemorySegment bytes = map(file, arena);
            return switch (bytes.get(INT, 0)) {
                case ZIP -> TorchReader.read(file, bytes).toCheckpoint(arena);
                default -> SafetensorsReader.read(file, bytes, arena);
            };
        } catch (RuntimeException failure) {
            arena.close();
            throw failure;
        }
    }

    /** Maps a whole file and rejects what is certainly no checkpoint. */
    static MemorySegment map(Path file, Arena arena) {
        if (Files.isDirectory(file)) {
            throw new UserException(file + " is a directory, not a checkpoint: name a .ckpt or .safetensors file");
        }
        if (Files.exists(file) && !Files.isRegularFile(file)) {
            throw new UserException(file + " is no checkpoint: it is a device or a pipe, not a file");
        }
        MemorySegment bytes;
        try (FileChannel channel = FileChannel.open(file)) {
            bytes = channel.map(MapMode.READ_ONLY, 0, channel.size(), arena);
        } catch (NoSuchFileException missing) {
            throw new InvalidRequestException("no such file: " + file, missing);
        } catch (IOException unreadable) {
            throw new UserException("cannot read " + file + ": " + FileFailure.reason(unreadable), unreadable);
        }
        if (bytes.byteSize() < 8) {
            throw new UserException(file + " is no checkpoint: it has only " + bytes.byteSize() + " bytes");
        }
        // A pickle of protocol 2 that is not inside a zip.
        if (bytes.get(ValueLayout.JAVA_BYTE, 0) == (byte) 0x80 && bytes.get(ValueLayout.JAVA_BYTE, 1) == 2) {
            throw new UserException(file + " was written by a torch older than 1.6, in a format that is not read here:"
                    + " load and save it with a newer torch, or take a .safetensors of the model");
        }
        return bytes;
    }

    /** Returns the size of the file in bytes. */
    public long byteSize() {
        return bytes.byteSize();
    }

    @Override
    public void close() {
        arena.close();
    }
}
