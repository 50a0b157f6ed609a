package stablediffusion.bench;

import org.junit.jupiter.api.Test;
import stablediffusion.model.ByteSize;

import java.util.List;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

class TablesTest {
    /** As RFC 4180 wants it: quotes around what has commas or quotes, and quotes doubled. */
    @Test
    void csv() {
        List<String> lines = KernelTable.csv(Samples.kernels("cpu", 0.5)).lines().toList();
        assertEquals(4, lines.size());
        assertTrue(lines.get(1).startsWith("cpu,linear,2x16x16x64 → 64,20,0.650000,0.575000,0.725000,3,true,"), lines.get(1));
        assertTrue(lines.get(3).startsWith("cpu,attention,\"2x8x8x64, keys 64, heads 8\",3,"), lines.get(3));
        assertTrue(lines.get(3).endsWith(",\"no \"\"memory\"\", sorry\""), lines.get(3));
    }

    @Test
    void kernelsAsText() {
        String text = KernelTable.text(Samples.kernels("cpu", 0.5));
        assertTrue(text.contains("650 ms   12%!"), text);
        assertTrue(text.contains("failed: no \"memory\", sorry"), text);
        assertTrue(text.contains("Not measured for lack of time: 2 kernels"), text);
        assertTrue(text.contains("The machine was noisy: 1 of 3"), text);
    }

    @Test
    void numbersHaveThreeDigits() {
        assertEquals("1.23 s", Format.seconds(1.2345));
        assertEquals("12.3 ms", Format.seconds(0.012345));
        assertEquals("123 µs", Format.seconds(0.00012345));
        assertEquals("0 s", Format.seconds(0));
        assertEquals("1.20 GB", ByteSize.format(1_200_000_000));
    }
}
