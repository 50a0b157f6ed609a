package stablediffusion.tornado;

import org.junit.jupiter.api.Test;
import stablediffusion.model.UserException;

import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

class BlockSizesTest {
    @Test
    void impossibleSizesAreRefused() {
        assertThrows(IllegalArgumentException.class, () -> new BlockSize(6, 128));
        assertThrows(IllegalArgumentException.class, () -> new BlockSize(0, 128));
        assertThrows(IllegalArgumentException.class, () -> new BlockSize(32, 4096));
        assertThrows(IllegalArgumentException.class, () -> new BlockSizes(new BlockSize(32, 128), new BlockSize(32, 128), 3));
    }

    @Test
    void aGpusBlocksFillItsWorkGroups() {
        BlockSizes odd = new BlockSizes(new BlockSize(64, 64), new BlockSize(64, 72), 64);
        String message = assertThrows(UserException.class, () -> new GpuKernels(odd, 1)).getMessage();
        assertTrue(message.contains("72"), message);
    }
}
