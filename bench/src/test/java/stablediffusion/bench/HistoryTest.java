package stablediffusion.bench;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import stablediffusion.model.Remedy;
import stablediffusion.model.UserException;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

class HistoryTest {
    @TempDir
    private Path folder;

    @Test
    void whatIsAppendedIsReadAgain() {
        Path file = folder.resolve("new/history.jsonl");
        History.append(file, Samples.model("cpu", 0.125));
        History.append(file, Samples.kernels("opencl", 0.5));
        List<History.Entry> entries = History.read(file);
        assertEquals(Samples.model("cpu", 0.125), entries.get(0).model().orElseThrow());
        assertEquals(Samples.kernels("opencl", 0.5), entries.get(1).kernels().orElseThrow());
        assertEquals(2, entries.size());
    }

    @Test
    void aBrokenLineIsNamed() throws IOException {
        Path file = folder.resolve("history.jsonl");
        History.append(file, Samples.model("cpu", 1));
        Files.writeString(file, Files.readString(file) + "{\"model\":");
        String message = assertThrows(UserException.class, () -> History.read(file)).getMessage();
        assertTrue(message.contains("history.jsonl, line 2"), message);
        Files.writeString(file, "{}");
        assertThrows(UserException.class, () -> History.read(file));
    }

    @Test
    void aMissingFileSaysHowToMakeOne() {
        UserException missing = assertThrows(UserException.class, () -> History.read(folder.resolve("none")));
        assertEquals(List.of(Remedy.RECORD_HISTORY), missing.remedies());
    }
}
