package uk.ac.manchester.tornado.api;

/** How many work-items a task has, and how many of them form a work-group, in up to three dimensions. */
public interface WorkerGrid {

    int dimension();

    long[] getGlobalWork();

    /** Null where the device is to choose. */
    long[] getLocalWork();

    long[] getNumberOfWorkgroups();

    long[] getGlobalOffset();

    void setGlobalWork(long x, long y, long z);

    void setLocalWork(long x, long y, long z);

    void setNumberOfWorkgroupsToNull();

    void setLocalWorkToNull();

    void setGlobalOffset(long x, long y, long z);
}
