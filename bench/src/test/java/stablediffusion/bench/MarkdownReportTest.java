package stablediffusion.bench;

import org.junit.jupiter.api.Test;

import java.util.List;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

class MarkdownReportTest {
    private final List<String> lines = MarkdownReport.of(Samples.comparison()).lines().toList();

    @Test
    void aColumnForEachBackendThatRan() {
        List<String> rows = lines.stream().filter(line -> line.startsWith("|")).toList();
        assertEquals("|  | cpu | opencl |", rows.getFirst());
        assertEquals("|---|---|---|", rows.get(1));
        rows.forEach(row -> assertEquals(4, row.chars().filter(sign -> sign == '|').count(), row));
    }

    @Test
    void theFastestIsBoldAndTheOthersSayByHowMuch() {
        assertTrue(lines.contains("| UNet step, one step with guidance, a batch of two | **126 ms** | 758 ms, 6.00 x |"), lines::toString);
    }

    @Test
    void aBackendThatFailedSaysWhy() {
        assertTrue(lines.contains("ptx failed: no <device>"), lines::toString);
    }
}
