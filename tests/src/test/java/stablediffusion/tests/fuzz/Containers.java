package stablediffusion.tests.fuzz;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.function.UnaryOperator;
import java.util.zip.CRC32;
import java.util.zip.ZipEntry;
import java.util.zip.ZipInputStream;
import java.util.zip.ZipOutputStream;

/** Changes what is inside of a container whose own lengths and checksums stay right, so that readers come to it. */
final class Containers {
    private static final int LENGTH = 8;

    private Containers() {}

    /** Changes the header of a safetensors file. */
    static byte[] withHeader(byte[] safetensors, UnaryOperator<String> change) {
        int length = (int) ByteBuffer.wrap(safetensors).order(ByteOrder.LITTLE_ENDIAN).getLong();
        byte[] header = change.apply(new String(safetensors, LENGTH, length, StandardCharsets.UTF_8)).getBytes(StandardCharsets.UTF_8);
        byte[] data = Arrays.copyOfRange(safetensors, LENGTH + length, safetensors.length);
        return ByteBuffer.allocate(LENGTH + header.length + data.length)
                .order(ByteOrder.LITTLE_ENDIAN)
                .putLong(header.length)
                .put(header)
                .put(data)
                .array();
    }

    /** Changes the pickle in a torch file. */
    static byte[] withPickle(byte[] torch, UnaryOperator<byte[]> change) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (ZipInputStream in = new ZipInputStream(new ByteArrayInputStream(torch)); ZipOutputStream out = new ZipOutputStream(bytes)) {
            for (ZipEntry entry = in.getNextEntry(); entry != null; entry = in.getNextEntry()) {
                byte[] content = in.readAllBytes();
                store(entry.getName(), entry.getName().endsWith("data.pkl") ? change.apply(content) : content, out);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return bytes.toByteArray();
    }

    private static void store(String name, byte[] content, ZipOutputStream out) throws IOException {
        CRC32 checksum = new CRC32();
        checksum.update(content);
        ZipEntry entry = new ZipEntry(name);
        entry.setMethod(ZipEntry.STORED);
        entry.setSize(content.length);
        entry.setCrc(checksum.getValue());
        out.putNextEntry(entry);
        out.write(content);
        out.closeEntry();
    }
}
