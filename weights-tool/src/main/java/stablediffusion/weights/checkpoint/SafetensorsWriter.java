package stablediffusion.weights.checkpoint;

import tools.jackson.databind.json.JsonMapper;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Writes checkpoints in the safetensors format, see {@link SafetensorsReader}.
 */
final class SafetensorsWriter implements TensorFileWriter {
    private final FileChannel channel;

    private record Header(String dtype, List<Integer> shape, List<Long> data_offsets) {}

    SafetensorsWriter(FileChannel channel, List<TensorSpec> tensors, Map<String, String> metadata) throws IOException {
        this.channel = channel;
        Map<String, Object> header = new LinkedHashMap<>();
        if (!metadata.isEmpty()) {
            header.put("__metadata__", metadata);
        }
        long position = 0;
        for (TensorSpec tensor : tensors) {
            long end = position + tensor.byteSize();
            header.put(tensor.name(), new Header(tensor.type().name(), tensor.shape(), List.of(position, end)));
            position = end;
        }
        byte[] json = new JsonMapper().writeValueAsString(header).getBytes(StandardCharsets.UTF_8);
        // The format pads the header with spaces to a multiple of 8 bytes.
        int length = Math.ceilDiv(json.length, 8) * 8;
        ByteBuffer start = ByteBuffer.allocate(8 + length).order(ByteOrder.LITTLE_ENDIAN).putLong(length).put(json);
        while (start.hasRemaining()) {
            start.put((byte) ' ');
        }
        writeFully(start.flip());
    }

    @Override
    public void write(byte[] data) throws IOException {
        for (int from = 0; from < data.length; from += CHUNK) {
            writeFully(ByteBuffer.wrap(data, from, Math.min(CHUNK, data.length - from)));
        }
    }

    @Override
    public void close() {}

    private void writeFully(ByteBuffer bytes) throws IOException {
        while (bytes.hasRemaining()) {
            channel.write(bytes);
        }
    }
}
