/* SPDX-License-Identifier: Apache-2.0 */
/* A headset as BlueZ knows it, and what of it is on the air.
 *
 * Strings are UTF-8 and end with a NUL. SPEC.md "Live by Bluetooth".
 */
#ifndef UT_HOST_BLUEZ_DEVICE_H
#define UT_HOST_BLUEZ_DEVICE_H

#define UT_BLE_SERVICE "e85a0001-5839-4330-a637-3d0fc85daff5"
#define UT_BLE_STREAM "e85a0002-5839-4330-a637-3d0fc85daff5"
#define UT_BLE_CONTROL "e85a0003-5839-4330-a637-3d0fc85daff5"
#define UT_BLE_VERSIONS "e85a0004-5839-4330-a637-3d0fc85daff5"
#define UT_BLE_PACKETS "da2e7828-fbce-4e01-ae9e-261174997c48" /* MCUmgr's: updates */

enum { UT_BLUEZ_DEVICES = 64, UT_BLUEZ_PATH = 160, UT_BLUEZ_NAME = 96, UT_BLUEZ_NO_RSSI = 127 };

struct ut_bluez_device {
    char path[UT_BLUEZ_PATH]; /* D-Bus object */
    char address[24];
    char name[UT_BLUEZ_NAME];
    int paired, connected, resolved; /* resolved: its services are known */
    int rssi_dbm;                    /* UT_BLUEZ_NO_RSSI = not heard lately */
};

#endif
