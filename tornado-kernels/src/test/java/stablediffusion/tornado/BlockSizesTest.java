package stablediffusion.tornado;

import org.junit.jupiter.api.Test;

import static org.junit.jupiter.api.Assertions.assertThrows;

class BlockSizesTest {
    @Test
    void impossibleSizesAreRefused() {
        assertThrows(IllegalArgumentException.class, () -> new BlockSize(6, 128));
        assertThrows(IllegalArgumentException.class, () -> new BlockSize(0, 128));
        assertThrows(IllegalArgumentException.class, () -> new BlockSize(32, 4096));
        assertThrows(IllegalArgumentException.class, () -> new BlockSizes(new BlockSize(32, 128), new BlockSize(32, 128), 3));
    }
}
