package stablediffusion.peers;

import ai.djl.pytorch.engine.PtNDManager;
import ai.djl.pytorch.engine.PtSymbolBlock;
import ai.djl.pytorch.jni.JniUtils;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;

/** Loads programs: writes the file that {@code torch.jit.load} reads, a zip archive of a program and the pickled object whose method it is. */
final class TorchArchive {
    /** What stands in front of each statement. */
    static final String INDENT = "\n    ";

    private static final String CLASS = "Network";
    private static final String FOLDER = "network/";
    private static final String NO_CONSTANTS = "\u0080\u0002).";

    private TorchArchive() {}

    /** Loads a program into PyTorch; a manager keeps it. The parameters are those of {@link #of}. */
    static PtSymbolBlock load(PtNDManager manager, String parameters, String body) {
        try {
            return JniUtils.loadModule(manager, new ByteArrayInputStream(of(parameters, body)), false, false);
        } catch (IOException inMemory) {
            throw new UncheckedIOException(inMemory);
        }
    }

    /**
     * @param parameters the parameters of the only method, each with its type
     * @param body the statements of the method, which returns a tensor; each begins with {@link #INDENT}
     */
    private static byte[] of(String parameters, String body) {
        // Protocol 2; a new object of the class; {"training": False} as its state.
        String object = "\u0080\u0002c__torch__\n" + CLASS + "\n)\u0081}X\u0008\u0000\u0000\u0000training\u0089sb.";
        String code = "class " + CLASS + "(Module):\n  __parameters__ = []\n  __buffers__ = []\n  training : bool\n"
                + "  def forward(self: __torch__." + CLASS + ", " + parameters + ") -> Tensor:" + body + "\n";
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
