package stablediffusion.cpu;

import org.bytedeco.dnnl.memory;

import java.util.ArrayList;
import java.util.List;

/** Holds memory that steps use one after the other, as large as the largest of them needs. */
final class SharedMemory {
    /** Keeps what lies side by side in cache lines of its own. */
    private static final long ALIGNMENT = 64;

    private final OneDnn oneDnn;
    private final List<User> users = new ArrayList<>();
    private long size;

    private record User(memory memory, long offset) {}

    SharedMemory(OneDnn oneDnn) {
        this.oneDnn = oneDnn;
    }

    /** Returns a memory that has no storage until {@link #allocate} is called. */
    memory reserve(memory.desc desc) {
        return reserve(desc, 0);
    }

    /** Returns memories that a step uses at the same time. */
    List<memory> reserve(List<memory.desc> descs) {
        List<memory> memories = new ArrayList<>();
        long offset = 0;
        for (memory.desc desc : descs) {
            memories.add(reserve(desc, offset));
            offset += Math.ceilDiv(desc.get_size(), ALIGNMENT) * ALIGNMENT;
        }
        return memories;
    }

    private memory reserve(memory.desc desc, long offset) {
        memory memory = oneDnn.view(desc, 0);
        users.add(new User(memory, offset));
        size = Math.max(size, offset + desc.get_size());
        return memory;
    }

    /** Allocates the storage. To be called once, after the last call of {@link #reserve}. */
    void allocate() {
        if (size > 0) {
            memory storage = oneDnn.allocate(OneDnn.dense(memory.data_type.u8.intern(), size));
            long address = storage.get_data_handle().address();
            users.forEach(user -> user.memory.set_data_handle(OneDnn.pointer(address + user.offset)));
        }
    }
}
