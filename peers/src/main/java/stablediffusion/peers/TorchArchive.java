package stablediffusion.peers;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;

/** Writes the file that {@code torch.jit.load} reads: a zip archive of a program and the pickled object whose method it is. */
final class TorchArchive {
    private static final String FOLDER = "network/";
    private static final String NO_CONSTANTS = "\u0080\u0002).";

    private TorchArchive() {}

    /**
     * @param code the source of a class without parameters, whose only attribute is {@code training}
     * @param name the name of the class
     */
    static byte[] of(String code, String name) {
        // Protocol 2; a new object of the class; {"training": False} as its state.
        String object = "\u0080\u0002c__torch__\n" + name + "\n)\u0081}X\u0008\u0000\u0000\u0000training\u0089sb.";
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (ZipOutputStream zip = new ZipOutputStream(bytes)) {
            entry(zip, "data.pkl", object);
            entry(zip, "code/__torch__.py", code);
            entry(zip, "constants.pkl", NO_CONSTANTS);
            entry(zip, "version", "3\n");
        } catch (IOException inMemory) {
            throw new UncheckedIOException(inMemory);
        }
        return bytes.toByteArray();
    }

    private static void entry(ZipOutputStream zip, String name, String content) throws IOException {
        zip.putNextEntry(new ZipEntry(FOLDER + name));
        zip.write(content.getBytes(StandardCharsets.ISO_8859_1));
        zip.closeEntry();
    }
}
