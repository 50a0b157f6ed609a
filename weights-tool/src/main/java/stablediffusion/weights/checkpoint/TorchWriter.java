package stablediffusion.weights.checkpoint;

import org.apache.commons.compress.archivers.zip.Zip64Mode;
import org.apache.commons.compress.archivers.zip.ZipArchiveEntry;
import org.apache.commons.compress.archivers.zip.ZipArchiveOutputStream;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.zip.ZipEntry;

/**
 * Writes a checkpoint like PyTorch Lightning with {@code torch.save}, see {@link TorchReader}. Data begins at multiples of 64 bytes.
 */
final class TorchWriter implements TensorFileWriter {
    private static final int ALIGNMENT = 64;

    private final ZipArchiveOutputStream zip;
    private int written;

    TorchWriter(FileChannel channel, List<TensorSpec> tensors, OptionalInt latentEdge) throws IOException {
        zip = new ZipArchiveOutputStream(channel);
        zip.setUseZip64(Zip64Mode.AsNeeded);
        Map<String, Object> envelope = new LinkedHashMap<>();
        envelope.put("epoch", 0L);
        envelope.put("global_step", 0L);
        envelope.put("pytorch-lightning_version", "1.4.2");
        envelope.put("state_dict", tensors);
        if (latentEdge.isPresent()) {
            envelope.put("hyper_parameters", Map.of("image_size", (long) latentEdge.getAsInt()));
        }
        entry("data.pkl", PickleWriter.write(envelope));
    }

    @Override
    public void write(byte[] data) throws IOException {
        entry("data/" + written++, data);
    }

    @Override
    public void close() throws IOException {
        entry("version", "3\n".getBytes(StandardCharsets.US_ASCII));
        zip.close();
    }

    private void entry(String name, byte[] data) throws IOException {
        ZipArchiveEntry entry = new ZipArchiveEntry("archive/" + name);
        entry.setMethod(ZipEntry.STORED);
        entry.setSize(data.length);
        entry.setAlignment(ALIGNMENT);
        zip.putArchiveEntry(entry);
        for (int from = 0; from < data.length; from += CHUNK) {
            zip.write(data, from, Math.min(CHUNK, data.length - from));
        }
        zip.closeArchiveEntry();
    }
}
