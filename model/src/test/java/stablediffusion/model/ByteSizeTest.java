package stablediffusion.model;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import static org.junit.jupiter.api.Assertions.assertEquals;

class ByteSizeTest {
    @ParameterizedTest
    @CsvSource({
        "0, 0.0 kB",
        "4096, 4.1 kB",
        "999999, 1000.0 kB",
        "1000000, 1.0 MB",
        "512000000, 512.0 MB",
        "1000000000, 1.00 GB",
        "2132856686, 2.13 GB"
    })
    void decimalUnits(long bytes, String expected) {
        assertEquals(expected, ByteSize.format(bytes));
    }
}
