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
        assertEquals("|  | cpu | opencl | sd.cpp |", rows.getFirst());
        assertEquals("|---|---|---|---|", rows.get(1));
        rows.forEach(row -> assertEquals(5, row.chars().filter(sign -> sign == '|').count(), row));
    }

    @Test
    void theFastestIsBoldAndTheOthersSayByHowMuch() {
        assertTrue(lines.contains("| UNet step, one step with guidance, a batch of two | **126 ms** | 758 ms, 6.00 x |  |"),
                lines::toString);
    }

    @Test
    void aBackendThatFailedSaysWhy() {
        assertTrue(lines.contains("ptx failed: no <device>"), lines::toString);
    }

    @Test
    void aProgramHasTimesOfThePictureOnly() {
        assertTrue(lines.contains("|  | cpu | opencl | sd.cpp |"), lines::toString);
        assertTrue(lines.contains("| engine | cpu: a device | opencl: a device | a program, version 8 |"), lines::toString);
        assertTrue(lines.contains("| built with |  |  | AVX9000 |"), lines::toString);
        assertTrue(lines.contains("| a picture, total time | 1.50 s, 7 steps | 9.00 s, 7 steps | 9.88 s, 7 steps |"), lines::toString);
        assertTrue(lines.contains("| … denoising | 1.25 s | 7.50 s | 7.25 s |"), lines::toString);
        assertTrue(lines.contains("| … loading the networks |  |  | 2.63 s |"), lines::toString);
        assertTrue(lines.contains("| … PSNR | equal | 33.3 dB | 57.5 dB |"), lines::toString);
    }
}
